using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Errors carry the header's name of a code, its number, and for the common ones what to do.</summary>
public sealed class ClStatusTests
{
    [TestCase(-1001, "CL_PLATFORM_NOT_FOUND_KHR")]
    [TestCase(-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE")]
    [TestCase(-5, "CL_OUT_OF_RESOURCES")]
    [TestCase(-14, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST")]
    [TestCase(-54, "CL_INVALID_WORK_GROUP_SIZE")]
    [TestCase(-9999, "a code OpenCL 1.2 does not know")]
    public void A_code_has_the_name_the_header_gives_it(int code, string name) =>
        Assert.That(((ClStatus)code).HeaderName(), Is.EqualTo(name));

    [Test]
    public void A_failure_is_one_line_with_operation_detail_code_and_advice()
    {
        ClException error = Assert.Throws<ClException>(() => ClStatus.PlatformNotFoundKhr.ThrowIfFailed("list the platforms", "how many"))!;
        Assert.That(error.Message, Does.StartWith("OpenCL could not list the platforms (how many): CL_PLATFORM_NOT_FOUND_KHR (-1001). "));
        Assert.That(error.Message, Does.Contain("install").And.Not.Contains("\n"));
        Assert.That((error.Operation, error.Detail, error.Status), Is.EqualTo(("list the platforms", "how many", ClStatus.PlatformNotFoundKhr)));
    }

    [TestCase(-1001)]
    [TestCase(-1)]
    [TestCase(-2)]
    [TestCase(-4)]
    [TestCase(-5)]
    [TestCase(-6)]
    [TestCase(-54)]
    public void The_common_failures_say_what_to_do(int code) => Assert.That(((ClStatus)code).Advice(), Is.Not.Null);

    [Test]
    public void Success_throws_nothing() => Assert.That(() => ClStatus.Success.ThrowIfFailed("do", "it"), Throws.Nothing);
}
