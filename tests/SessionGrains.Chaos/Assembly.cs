using Xunit.Sdk;
using Xunit.v3;

// The scenarios start processes and measure what they do: one at a time on a small machine.
[assembly: Parallelization(Mode = ParallelMode.None)]
