namespace FastAdam.Convergence.Formats;

/// <summary>Hears how the trainings go, of one at a time.</summary>
internal interface IFormatObserver
{
    void Done(FormatResult result);
}
