namespace FastAdam.CommandLine;

/// <summary>What the help of a command says behind its options.</summary>
/// <param name="Output">What is printed and written.</param>
/// <param name="Time">How long it takes; null where that was not measured.</param>
/// <param name="ExitCodes">What exit codes mean, beside 0 and <see cref="CommandLineProgram.WrongUse"/>.</param>
/// <param name="Examples">Arguments, and what they are for.</param>
internal sealed record Explanation(
    string Output,
    string? Time,
    IReadOnlyList<(int Code, string Meaning)> ExitCodes,
    IReadOnlyList<(string Arguments, string Purpose)> Examples);
