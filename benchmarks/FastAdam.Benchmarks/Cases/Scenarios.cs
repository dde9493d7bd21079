namespace FastAdam.Benchmarks.Cases;

/// <summary>Everything that is measured.</summary>
internal static class Scenarios
{
    public const string Single = "single";
    public const string ForkOne = "fork-1";
    public const string ForkAll = "fork-all";
    public const string List1000 = "list-1000x1K";
    public const string ListGpt2 = "list-gpt2";
    public const string ListResNet50 = "list-resnet50";
    public const string ListTransformer = "list-transformer";
    public const string LiveRows = "live-rows";
    public const string DeadRows = "dead-rows";
    public const string SubnormalExpAvgSq = "f16-subnormal-v";
    public const string CallNextStep = "call-next-step";
    public const string CallSameStep = "call-same-step";
    public const string Rule = "rule";
    public const string Norm = "norm";
    public const string Formats = "formats";

    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    /// <summary>Elements of the cases of other rules and of the norm.</summary>
    public const int RuleLength = 16 * MiB;

    /// <summary>The fewest elements that are beyond the caches in every storage.</summary>
    public const int BeyondCaches = 16 * MiB;

    public static IReadOnlyList<string> Names { get; } =
    [
        Single, ForkOne, ForkAll, List1000, ListGpt2, ListResNet50, ListTransformer, LiveRows, DeadRows, SubnormalExpAvgSq, CallNextStep,
        CallSameStep, Rule, Norm, Formats,
    ];

    public static IReadOnlyList<long> AllSizes { get; } = [KiB, 4 * KiB, 64 * KiB, 256 * KiB, MiB, 16 * MiB, 64 * MiB];

    public static IReadOnlyList<long> QuickSizes { get; } = [4 * KiB, 256 * KiB, 16 * MiB];

    /// <summary>The number of threads that "all" is.</summary>
    public static int AllThreads => Environment.ProcessorCount;

    /// <summary>One thread, and all where that is more.</summary>
    private static IEnumerable<int> ThreadCounts => new[] { 1, AllThreads }.Distinct();

    /// <summary>The scenarios to measure.</summary>
    /// <param name="sizes">Of single tensors.</param>
    /// <param name="names">Of cases that are wanted.</param>
    public static IReadOnlyList<Scenario> Select(IReadOnlyCollection<long> sizes, IReadOnlyCollection<string> names) =>
    [
        .. Grid(sizes).Concat(Special()).Concat(OfFormats(sizes))
            .Where(scenario => scenario.Cases.Any(measured => names.Contains(measured.Name))),
    ];

    private static IEnumerable<Scenario> Grid(IReadOnlyCollection<long> sizes) =>
        from dtype in DType.All
        from threads in ThreadCounts
        from size in sizes
        select new Scenario(new Case(Single, dtype, [size], threads));

    /// <summary>fp32 and all formats in the same rounds, beyond the caches unless only shorter tensors are asked for.</summary>
    private static IEnumerable<Scenario> OfFormats(IReadOnlyCollection<long> sizes) =>
        from threads in ThreadCounts
        from size in sizes.Any(size => size >= BeyondCaches) ? sizes.Where(size => size >= BeyondCaches) : sizes
        let lengths = (long[])[size]
        select new Scenario([.. Format.Formats.Prepend(DType.F32).Select(dtype => new Case(Formats, dtype, lengths, threads))]);

    private static IEnumerable<Scenario> Special()
    {
        foreach (int threads in ThreadCounts)
        {
            yield return new(new Case(List1000, DType.F32, [.. Enumerable.Repeat((long)KiB, 1000)], threads));
            yield return new(new Case(ListGpt2, DType.F32, ModelShapes.Gpt2, threads));
            yield return new(new Case(ListResNet50, DType.F32, ModelShapes.ResNet50, threads));
            yield return new(new Case(ListTransformer, DType.F32, ModelShapes.Transformer, threads));
        }

        yield return new(
            new Case(ForkOne, DType.F32, [4 * KiB], Threads: 1),
            new Case(ForkAll, DType.F32, [4 * KiB], AllThreads));
        yield return new(
            new Case(LiveRows, DType.F32, [64 * KiB], Threads: 1),
            new Case(DeadRows, DType.F32, [64 * KiB], Threads: 1) { Values = Values.Dead, StepsBefore = 5000 });
        yield return new(
            new Case(SubnormalExpAvgSq, DType.F16, [16 * MiB], Threads: 1) { Values = Values.SubnormalExpAvgSq });
        yield return new(
            new Case(CallNextStep, DType.F32, [16], Threads: 1),
            new Case(CallSameStep, DType.F32, [16], Threads: 1) { SameStep = true });
        foreach (Work rule in Work.OtherRules)
        {
            yield return new(new Case(Rule, DType.F32, [RuleLength], Threads: 1) { Work = rule });
        }

        yield return new(new Case(Norm, DType.F32, [RuleLength], Threads: 1) { Work = Work.GradientNorm });
    }
}
