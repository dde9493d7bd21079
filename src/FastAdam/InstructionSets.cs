using FastAdam.Kernels;

namespace FastAdam;

/// <summary>Which instruction sets this process can use, and which one it does use.</summary>
public static class InstructionSets
{
    /// <summary>
    /// The environment variable that chooses another instruction set than the widest one: <c>avx512</c>, <c>avx2</c>,
    /// <c>neon</c> or <c>scalar</c>, in any case, read once, at first use. Unset or empty means the widest.
    /// </summary>
    public const string EnvironmentVariable = "FASTADAM_ISA";

    private static readonly InstructionSet[] _widestFirst =
        [InstructionSet.Avx512, InstructionSet.Avx2, InstructionSet.Neon, InstructionSet.Scalar];

    private static readonly InstructionSet[] _supported = Array.FindAll(_widestFirst, IsSupported);

    private static readonly string? _requested = Environment.GetEnvironmentVariable(EnvironmentVariable);

    private static int _current = -1;

    /// <summary>The instruction sets that this CPU, operating system and process run, widest first.</summary>
    public static IReadOnlyList<InstructionSet> Supported { get; } = Array.AsReadOnly(_supported);

    /// <summary>The instruction set that every step uses: the widest, or what <see cref="EnvironmentVariable"/> asks for.</summary>
    /// <exception cref="InvalidOperationException"><see cref="EnvironmentVariable"/> holds no known name.</exception>
    /// <exception cref="PlatformNotSupportedException"><see cref="EnvironmentVariable"/> names an instruction set that this CPU
    /// does not have.</exception>
    public static InstructionSet Current
    {
        get
        {
            if (_current < 0)
            {
                _current = (int)Choose(_requested);
            }

            return (InstructionSet)_current;
        }
    }

    /// <summary>Whether kernels of that instruction set can run in this process.</summary>
    /// <param name="instructionSet">The instruction set to ask for.</param>
    /// <returns>True where it can run; false where it cannot and for a value that is none of the enumeration's.</returns>
    public static bool IsSupported(InstructionSet instructionSet) =>
        Array.IndexOf(_widestFirst, instructionSet) >= 0 && IsaTable.IsSupported(instructionSet);

    internal static InstructionSet Choose(string? requested)
    {
        if (string.IsNullOrEmpty(requested))
        {
            return _supported[0];
        }

        string names = string.Join(", ", Enum.GetNames<InstructionSet>().Select(name => name.ToLowerInvariant()));
        foreach (InstructionSet candidate in Enum.GetValues<InstructionSet>())
        {
            if (requested.Equals(candidate.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return IsSupported(candidate)
                    ? candidate
                    : throw new PlatformNotSupportedException(
                        $"{EnvironmentVariable} is '{requested}', which this CPU does not support. "
                        + $"Supported here: {string.Join(", ", _supported.Select(s => s.ToString().ToLowerInvariant()))}.");
            }
        }

        throw new InvalidOperationException($"{EnvironmentVariable} is '{requested}', which is not one of {names}.");
    }
}
