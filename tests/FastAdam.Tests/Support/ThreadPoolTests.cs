using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>Tests that block the thread pool or measure what all threads do, and so run alone.</summary>
[CollectionDefinition(nameof(ThreadPoolTests), DisableParallelization = true)]
public sealed class ThreadPoolTests;
