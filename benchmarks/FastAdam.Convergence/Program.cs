using System.CommandLine;
using System.Globalization;
using FastAdam.Convergence;

FileInfo storagePlot = DefaultPlot("loss.png");
FileInfo optimizersPlot = DefaultPlot("optimizers.png");
FileInfo formatsPlot = DefaultPlot("formats.png");
var json = new Option<bool>("--json")
{
    Recursive = true,
    Description = "Print one JSON object a line for each configuration, of formats for each training, and nothing else.",
};
var plot = new Option<FileInfo?>("--plot")
{
    Recursive = true,
    Description = "Where to write the plot of the losses, a PNG. "
        + $"[default: {storagePlot}, of optimizers {optimizersPlot}, of formats {formatsPlot}; with --json: none]",
    HelpName = "path",
};
var epochs = new Option<int>("--epochs")
{
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
    Description = "Decides the split of the images, the initial parameters and the order of the mini-batches.",
    DefaultValueFactory = _ => TrainingSettings.DefaultSeed,
};
var quick = new Option<bool>("--quick")
{
    Description = "Fewer and shorter trainings: to see that it works, not how well the formats do.",
};
var optimizers = new Command(
    "optimizers", "Trains the network with every optimizer, each with the best learning rate of a grid, in single precision.")
{
    epochs, seed,
};
optimizers.SetAction(arguments => Run(new OptimizerComparison(), optimizersPlot, arguments));
var formats = new Command(
    "formats", "Trains the network and a small transformer with AdamW, parameters and moments in every storage format.")
{
    quick,
};
formats.SetAction(arguments => FormatsCommand.Run(
    arguments.GetValue(quick), arguments.GetValue(json), Plot(formatsPlot, arguments)));
var command = new RootCommand("Trains a small network on handwritten digits with FastAdam, in several storage types.")
{
    json, plot, epochs, seed, optimizers, formats,
};
command.SetAction(arguments => Run(new StorageComparison(), storagePlot, arguments));
return command.Parse(args).Invoke();

int Run(IComparison comparison, FileInfo defaultPlot, ParseResult arguments) => ComparisonCommand.Run(
    comparison,
    new TrainingSettings(arguments.GetValue(epochs), arguments.GetValue(seed)),
    arguments.GetValue(json),
    Plot(defaultPlot, arguments));

FileInfo? Plot(FileInfo defaultPlot, ParseResult arguments) =>
    arguments.GetValue(plot) ?? (arguments.GetValue(json) ? null : defaultPlot);

static FileInfo DefaultPlot(string name) => new(Path.Join("artifacts", "convergence", name));
