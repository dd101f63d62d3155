namespace Convoy.Tests.Backends;

/// <summary>The cache lies where the user says, else where the system keeps caches.</summary>
public sealed class CacheFolderTests
{
    [TestCase("off")]
    [TestCase("OFF")]
    public void Off_disables_it(string value) => Assert.That(Find(new() { ["CONVOY_CACHE"] = value }), Is.Null);

    [Test]
    public void A_folder_moves_it() =>
        Assert.That(Find(new() { ["CONVOY_CACHE"] = "some/where" }), Is.EqualTo(Path.GetFullPath("some/where")));

    [Test]
    [Platform(Include = "Linux")]
    public void The_folder_for_caches_is_honoured_when_it_is_absolute()
    {
        Assert.That(Find(new() { ["XDG_CACHE_HOME"] = "/caches" }), Is.EqualTo("/caches/convoy/programs"));
        Assert.That(Find(new() { ["XDG_CACHE_HOME"] = "caches" }), Does.EndWith("/.cache/convoy/programs"));
        Assert.That(Find([]), Does.EndWith("/.cache/convoy/programs"));
        Assert.That(CacheFolder.Find(_ => null, "tuning"), Does.EndWith("/.cache/convoy/tuning"));
    }

    private static string? Find(Dictionary<string, string> environment) => CacheFolder.Find(environment.GetValueOrDefault, "programs");
}
