using Convoy.Cli.Reports;
using Convoy.Cli.Output;
using Convoy.Diagnostics;

namespace Convoy.Tests.Cli;

/// <summary>Which of the places that were looked at the doctor lists, of machines that are not this one.</summary>
public sealed class DoctorReportTests
{
    private static readonly LibraryAttempt MissingLibrary = new("/first/libconvoy_native.so", null, "there is no such file");
    private static readonly LibraryAttempt FoundLibrary = new("/second/libconvoy_native.so", "/second/libconvoy_native.so", null);
    private static readonly LibraryAttempt MissingLoader = new("libOpenCL.so.1", null, "cannot open shared object file");
    private static readonly LibraryAttempt FoundLoader = new("libOpenCL.so", "/lib/libOpenCL.so", null);
    private static readonly DriverPlace MissingPlace = new("/nowhere/vendors", null, false);
    private static readonly DriverRegistration BrokenDriver = new("/etc/broken.icd", "libBroken.so", "cannot open shared object file");

    [Test]
    public void A_healthy_doctor_lists_no_missing_files()
    {
        string[] items = ItemsOf(Diagnose(nativeWorks: true, openClWorks: true), listsAll: false);
        Assert.That(items, Does.Contain(FoundLibrary.Name).And.Contains(FoundLoader.Name));
        Assert.That(items, Does.Not.Contain(MissingLibrary.Name).And.Not.Contains(MissingLoader.Name).And.Not.Contains(MissingPlace.Path));
        Assert.That(items, Does.Contain(BrokenDriver.File), "its device is missing because of it");
    }

    [Test]
    public void Missing_files_are_listed_where_something_is_missing_because_of_them()
    {
        Assert.That(
            ItemsOf(Diagnose(nativeWorks: false, openClWorks: true), listsAll: false),
            Does.Contain(MissingLibrary.Name).And.Not.Contains(MissingLoader.Name));
        Assert.That(
            ItemsOf(Diagnose(nativeWorks: true, openClWorks: false), listsAll: false),
            Does.Contain(MissingLoader.Name).And.Contains(MissingPlace.Path).And.Not.Contains(MissingLibrary.Name));
    }

    [Test]
    public void All_places_are_listed_to_one_who_asks_for_them() => Assert.That(
        ItemsOf(Diagnose(nativeWorks: true, openClWorks: true), listsAll: true),
        Is.SupersetOf(new[] { MissingLibrary.Name, FoundLibrary.Name, MissingLoader.Name, FoundLoader.Name, MissingPlace.Path, BrokenDriver.File }));

    private static string[] ItemsOf(MachineDiagnosis diagnosis, bool listsAll)
    {
        Report findings = DoctorReports.Create(diagnosis, listsAll).First();
        int column = findings.Columns.Select(each => each.Key).ToList().IndexOf("item");
        return [.. findings.Rows.Select(row => row[column].Raw)];
    }

    private static MachineDiagnosis Diagnose(bool nativeWorks, bool openClWorks) => new(
        new NativeDiagnosis(
            nativeWorks ? NativeSituation.Works : NativeSituation.UnusableLibrary, "A sentence.", "convoy_native", [MissingLibrary, FoundLibrary], null, null, [], []),
        new OpenClDiagnosis(
            openClWorks ? OpenClSituation.Works : OpenClSituation.NoDriver, "A sentence.", [MissingLoader, FoundLoader], [MissingPlace], [BrokenDriver], [], [], []),
        new CacheDiagnosis("A sentence.", []),
        null);
}
