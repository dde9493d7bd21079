using FastAdam.Rules;

namespace FastAdam.Native;

/// <summary>The options of a thread's last step, and what was computed from them: most calls have the same again, which then are neither
/// checked nor taken over.</summary>
internal sealed unsafe class LastOptions
{
    [ThreadStatic]
    private static LastOptions? _ofThread;

    private readonly AdamStepConstants _constants = new(isSparse: false);

    // The size 0 is that of no valid ones.
    private NativeOptions _options;

    public static LastOptions OfThread => _ofThread ??= new LastOptions();

    /// <summary>Whether those are the same, as far as their size says that they are there.</summary>
    public bool Are(NativeOptions* options) =>
        options->StructSize == sizeof(NativeOptions) && OptionBytes.AreSame(*options, _options);

    /// <summary>Takes others, which have passed <see cref="NativeOptions.Check"/>; where their numbers are invalid, the last ones
    /// stay.</summary>
    public void Set(in NativeOptions options)
    {
        _constants.SetOptions(options.ToManaged());
        _options = options;
    }

    public ref readonly StepConstants At(long step) => ref _constants.At(step);
}
