using System.CommandLine;
using System.Globalization;
using FastAdam.Convergence;

var defaultPlot = new FileInfo(Path.Join("artifacts", "convergence", "loss.png"));
var json = new Option<bool>("--json")
{
    Description = "Print one JSON object a line for each configuration, and nothing else.",
};
var plot = new Option<FileInfo?>("--plot")
{
    Description = $"Where to write the plot of the training loss, a PNG. [default: {defaultPlot}; with --json: none]",
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
var command = new RootCommand("Trains a small network on handwritten digits with FastAdam, in several storage types.")
{
    json, plot, epochs, seed,
};
command.SetAction(arguments => ConvergenceCommand.Run(
    new TrainingSettings(arguments.GetValue(epochs), arguments.GetValue(seed)),
    arguments.GetValue(json),
    arguments.GetValue(plot) ?? (arguments.GetValue(json) ? null : defaultPlot)));
return command.Parse(args).Invoke();
