# Prints why tests were skipped, a line for each of them, from a results file of `dotnet test` (trx): the message of every
# result that was not executed, on one line, without the prefixes of the set-up it came from.
BEGIN { RS = "<UnitTestResult " }

NR > 1 {
  end = index($0, ">")
  tag = substr($0, 1, end)
  if (tag !~ /outcome="NotExecuted"/) {
    next
  }

  # A result without a body ends with its tag; what follows is not its own.
  body = tag ~ /\/>$/ ? "" : substr($0, end + 1)
  sub(/<\/UnitTestResult>.*/, "", body)
  reason = "no reason is given"
  if (match(body, /<Message>.*<\/Message>/)) {
    reason = substr(body, RSTART + length("<Message>"), RLENGTH - length("<Message></Message>"))
  }

  gsub(/&#x[DdAa];/, " ", reason)
  gsub(/&lt;/, "<", reason)
  gsub(/&gt;/, ">", reason)
  gsub(/&quot;/, "\"", reason)
  gsub(/&apos;/, "'", reason)
  gsub(/&amp;/, "\\&", reason)
  gsub(/[[:space:]]+/, " ", reason)
  gsub(/^ | $/, "", reason)
  while (sub(/^(OneTimeSetUp|SetUp) ?: /, "", reason)) {
  }

  print reason
}
