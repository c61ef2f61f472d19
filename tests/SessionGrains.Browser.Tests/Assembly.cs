using SessionGrains.Browser.Tests;
using SessionGrains.Testing;

// Browsers and a database server are started once: on a small machine that is a good part of the time.
[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: AssemblyFixture(typeof(CautiousChromium))]
[assembly: AssemblyFixture(typeof(TestPostgres))]
