namespace Convoy.Tests.Support;

/// <summary>Gives each test a folder of its own, gone afterwards.</summary>
public abstract class FolderFixture
{
    /// <summary>The running test's folder.</summary>
    private protected TemporaryFolder Folder { get; private set; } = null!;

    [SetUp]
    public void MakeFolder() => Folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Folder.Dispose();

    /// <summary>Ignores the running test where whoever runs it may read and write everything.</summary>
    private protected static void IgnoreUnlessPermissionsBind()
    {
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Skipped: permissions do not bind whoever runs these tests.");
        }
    }
}
