using System.Collections.Concurrent;
using FastAdam.Convergence.Tasks;

namespace FastAdam.Convergence.Formats;

/// <summary>Every format with every task, learning rate and seed.</summary>
/// <param name="Tasks">What is trained for.</param>
/// <param name="Seeds">The seeds.</param>
internal sealed record FormatComparison(IReadOnlyList<ITrainingTask> Tasks, IReadOnlyList<int> Seeds)
{
    private const int QuickDigitsEpochs = 4;
    private const int QuickTextSteps = 50;
    private const int DigitsEpochs = 20;
    private const int TextSteps = 500;

    /// <summary>How many trainings that is.</summary>
    public int Count => Seeds.Count * StorageFormat.All.Count * Tasks.Sum(task => task.LearningRates.Count);

    public static FormatComparison Load(bool quick) => new(
        [
            new DigitsTask(DigitsDataSet.Load(), quick ? QuickDigitsEpochs : DigitsEpochs),
            new TextTask(TextDataSet.Load(), quick ? QuickTextSteps : TextSteps),
        ],
        quick ? [1, 2] : [1, 2, 3, 4, 5]);

    /// <summary>Runs all, as many at once as there are processors, each on one thread.</summary>
    /// <param name="done">Hears of each result, of one at a time.</param>
    /// <returns>The results by task, learning rate, format and seed, whatever order they came in.</returns>
    public IReadOnlyList<FormatResult> Run(Action<FormatResult> done)
    {
        // All formats with one seed before the next seed: what is there early can be compared.
        (int Seed, ITrainingTask Task, double LearningRate, StorageFormat Format)[] runs =
        [
            .. from seed in Seeds
               from task in Tasks
               from learningRate in task.LearningRates
               from format in StorageFormat.All
               select (seed, task, learningRate, format),
        ];
        var results = new List<FormatResult>();
        Parallel.ForEach(
            Partitioner.Create(runs, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            run =>
            {
                FormatResult result = FormatTraining.Run(run.Task, run.LearningRate, run.Format, run.Seed);
                lock (results)
                {
                    results.Add(result);
                    done(result);
                }
            });

        return
        [
            .. from task in Tasks
               from learningRate in task.LearningRates
               from format in StorageFormat.All
               from seed in Seeds
               select results.Single(result =>
                   result.Task == task && result.LearningRate == learningRate && result.Format == format && result.Seed == seed),
        ];
    }
}
