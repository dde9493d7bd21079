using FastAdam.Convergence.Reports;

namespace FastAdam.Convergence;

/// <summary>What is trained to be compared, and how it is reported.</summary>
internal interface IComparison
{
    IReadOnlyList<Configuration> Configurations { get; }

    /// <summary>The columns of the table, which has a row for each configuration.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>What stands below the table.</summary>
    string Caption(TrainingSettings settings);

    /// <summary>The JSON object of one configuration's result, in one line.</summary>
    string Json(TrainingResult result);

    /// <summary>A message for each bound that is missed after the default number of epochs.</summary>
    IEnumerable<string> MissedBounds(IReadOnlyList<TrainingResult> results);
}
