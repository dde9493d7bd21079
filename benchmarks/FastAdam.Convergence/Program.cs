using System.CommandLine;
using System.Globalization;
using FastAdam.CommandLine;
using FastAdam.Convergence;
using FastAdam.Convergence.Formats;

const string Impossible =
    "Or nothing was trained, because the picture cannot be written or this CPU lacks the instruction set that FASTADAM_ISA asks for.";
const string ErrorStream = "Progress and errors go to the error stream.";

Command optimizers = Comparison(
    new Command(
        "optimizers",
        "Trains the digits' network with every optimizer of the library, in single precision (fp32). Each is tried with the same grid of "
        + "learning rates. Shown is the best one: that with the least training loss in the last epoch."),
    () => new OptimizerComparison(),
    "optimizers.png");
Command formats = Formats();
var root = (RootCommand)Comparison(
    new RootCommand(
        "Shows that networks learn with FastAdam. Without a command it trains a small network (64-128-10, 9,610 parameters) to read "
        + "handwritten digits with AdamW, once for each of several types in which parameters, gradients and the optimizer's moments are "
        + "stored, and compares how well the network then reads digits that it has not seen."),
    () => new StorageComparison(),
    "loss.png");
root.Add(optimizers);
root.Add(formats);

var program = new CommandLineProgram(root, "benchmarks/FastAdam.Convergence");
program.Explain(root, new(
    Output: "A table with a row for each way of storage: the share of the test digits that are read correctly (0 to 1), the training loss "
        + "in the last epoch (mean cross-entropy), the median time of an optimizer step in nanoseconds per parameter, and the instruction "
        + $"set. Then a picture of the training loss over the epochs, and its path. {ErrorStream}",
    Time: null,
    ExitCodes:
    [
        (1, string.Create(
            CultureInfo.InvariantCulture,
            $"A bound is missed, as the error stream says: a share of {StorageComparison.ReferenceAccuracy} in fp32, and with fp32 moments "
            + $"at most {StorageComparison.LargestDifference} more or less than that of fp32. {Impossible}")),
    ],
    Examples:
    [
        ("", "The whole comparison:"),
        ("--epochs 5 --plot loss.png", "A short look, with the picture in this folder:"),
        ("--json > losses.jsonl", "For other programs to read:"),
    ]));
program.Explain(optimizers, new(
    Output: "A table with a row for each optimizer: its best learning rate, the training loss in the last epoch with that (mean "
        + "cross-entropy), the share of the test digits that are read correctly (0 to 1), the epochs until that share was 0.95 for the "
        + "first time, the bytes of state per parameter, and the median time of a step in nanoseconds per parameter. Then a picture of "
        + $"the training loss over the epochs, and its path. {ErrorStream}",
    Time: "About 20 seconds on two cores of Zen 5.",
    ExitCodes:
    [
        (1, string.Create(
            CultureInfo.InvariantCulture,
            $"A bound is missed, as the error stream says: a share of {OptimizerComparison.LeastAccuracy}, and the bytes of state that the "
            + $"optimizer is to have. {Impossible}")),
    ],
    Examples:
    [
        ("optimizers", "All optimizers:"),
        ("optimizers --seed 2 --json > optimizers.jsonl", "From other initial parameters, for other programs to read:"),
    ]));
program.Explain(formats, new(
    Output: "A table with a row for each task, learning rate and format: the final loss (mean cross-entropy of what was held out, mean "
        + "over the seeds), its difference to that of f32 in percent, and that difference in its standard errors. Then a picture of the "
        + "differences, and its path. A format's name has the parameters, then the moments: f32 and bf16 are rounded to nearest, bf16sr "
        + "is bf16 rounded at random, split is fp32 in two halves of 16 bits, block8 and dynamic8 have 8 bits and a scale for each block. "
        + ErrorStream,
    Time: null,
    ExitCodes:
    [
        (1, $"The transformer's gradients are wrong, or a training in f32 is no better than guessing. {Impossible}"),
    ],
    Examples:
    [
        ("formats --quick", "To see that it works:"),
        ("formats --plot formats.png", "All trainings, with the picture in this folder:"),
    ]));
return program.Run(args);

static Command Comparison(Command command, Func<IComparison> comparison, string picture)
{
    Option<bool> json = JsonOption("for each row of the table");
    Option<FileInfo> plot = PlotOption(picture);
    Option<int> epochs = WholeNumber.Option(
        "--epochs",
        $"Passes over the training images, 1 or more. With fewer than {TrainingSettings.DefaultEpochs} no bound is checked.",
        least: 1,
        TrainingSettings.DefaultEpochs);
    Option<int> seed = WholeNumber.Option(
        "--seed",
        "Any whole number. It decides which images are for the test, the initial parameters and the order of the images.",
        int.MinValue,
        TrainingSettings.DefaultSeed);
    command.Add(epochs);
    command.Add(seed);
    command.Add(plot);
    command.Add(json);
    command.SetAction(arguments => Run(() => ComparisonCommand.Run(
        comparison(), new TrainingSettings(arguments.GetValue(epochs), arguments.GetValue(seed)), OutputsOf(arguments, json, plot))));
    return command;
}

static Command Formats()
{
    Option<bool> json = JsonOption("for each training, as soon as it ends");
    Option<FileInfo> plot = PlotOption("formats.png");
    var quick = new Option<bool>("--quick")
    {
        Description = "Fewer and shorter trainings: to see that it works, not how well the formats do. [default: off]",
    };
    var command = new Command(
        "formats",
        "Trains two networks with AdamW: that of the digits, and a small transformer that predicts the next word of a text. Each is trained "
        + $"with {StorageFormat.All.Count} formats in which parameters and moments are stored, most of them in fewer bits, at two learning "
        + "rates and from several seeds. Compares the losses with those of f32, in which all is fp32.")
    {
        quick, plot, json,
    };
    command.SetAction(arguments => Run(() => FormatsCommand.Run(arguments.GetValue(quick), OutputsOf(arguments, json, plot))));
    return command;
}

static Option<bool> JsonOption(string what) => new("--json")
{
    Description = $"Print JSON and nothing else: an object in a line of its own {what}. No picture is drawn then, unless "
        + $"{Outputs.PlotOption} is given. [default: off]",
};

static Option<FileInfo> PlotOption(string name) => new(Outputs.PlotOption)
{
    Description = "The file for the picture, a PNG. Missing folders are made.",
    HelpName = "file",
    DefaultValueFactory = _ => new FileInfo(Path.Join("artifacts", "convergence", name)),
};

static Outputs OutputsOf(ParseResult arguments, Option<bool> json, Option<FileInfo> plot)
{
    bool isJson = arguments.GetValue(json);
    return new(isJson, isJson && arguments.GetResult(plot) is not { Implicit: false } ? null : arguments.GetValue(plot));
}

static int Run(Func<int> command)
{
    try
    {
        return command();
    }
    catch (Exception exception) when (exception
        is InvalidOperationException or PlatformNotSupportedException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine(exception.Message);
        return ExitCodes.Failure;
    }
}
