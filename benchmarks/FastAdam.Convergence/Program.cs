using System.CommandLine;
using System.Globalization;
using FastAdam.Convergence;

FileInfo storagePlot = DefaultPlot("loss.png");
FileInfo optimizersPlot = DefaultPlot("optimizers.png");
var json = new Option<bool>("--json")
{
    Recursive = true,
    Description = "Print one JSON object a line for each configuration, and nothing else.",
};
var plot = new Option<FileInfo?>("--plot")
{
    Recursive = true,
    Description = "Where to write the plot of the training loss, a PNG. "
        + $"[default: {storagePlot}, of optimizers {optimizersPlot}; with --json: none]",
    HelpName = "path",
};
var epochs = new Option<int>("--epochs")
{
    Recursive = true,
    Description = "Passes over the training images. The bounds are checked from the default on.",
    DefaultValueFactory = _ => TrainingSettings.DefaultEpochs,
    CustomParser = result =>
    {
        string text = result.Tokens[0].Value;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
        {
            result.AddError($"--epochs is '{text}', but must be a whole number, at least 1.");
        }

        return number;
    },
};
var seed = new Option<int>("--seed")
{
    Recursive = true,
    Description = "Decides the split of the images, the initial parameters and the order of the mini-batches.",
    DefaultValueFactory = _ => TrainingSettings.DefaultSeed,
};
var optimizers = new Command(
    "optimizers", "Trains the network with every optimizer, each with the best learning rate of a grid, in single precision.");
optimizers.SetAction(arguments => Run(new OptimizerComparison(), optimizersPlot, arguments));
var command = new RootCommand("Trains a small network on handwritten digits with FastAdam, in several storage types.")
{
    json, plot, epochs, seed, optimizers,
};
command.SetAction(arguments => Run(new StorageComparison(), storagePlot, arguments));
return command.Parse(args).Invoke();

int Run(IComparison comparison, FileInfo defaultPlot, ParseResult arguments) => ComparisonCommand.Run(
    comparison,
    new TrainingSettings(arguments.GetValue(epochs), arguments.GetValue(seed)),
    arguments.GetValue(json),
    arguments.GetValue(plot) ?? (arguments.GetValue(json) ? null : defaultPlot));

static FileInfo DefaultPlot(string name) => new(Path.Join("artifacts", "convergence", name));
