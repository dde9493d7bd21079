namespace FastAdam.Convergence;

/// <summary>What the commands return.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Failure = 1;
}
