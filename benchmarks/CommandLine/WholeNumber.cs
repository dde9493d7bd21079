using System.CommandLine;
using System.Globalization;

namespace FastAdam.CommandLine;

/// <summary>Options that are whole numbers.</summary>
internal static class WholeNumber
{
    /// <summary>An option whose errors name it, the value, and what is allowed.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is; the help shows the default behind it.</param>
    /// <param name="least">The least number that is allowed.</param>
    /// <param name="unset">The default.</param>
    public static Option<int> Option(string name, string description, int least, int unset) => new(name)
    {
        Description = description,
        HelpName = "n",
        DefaultValueFactory = _ => unset,
        CustomParser = result => Parse(name, result.Tokens[0].Value, least, result.AddError),
    };

    /// <summary>Reads a number; another text is an error.</summary>
    /// <param name="name">The option.</param>
    /// <param name="text">Its value.</param>
    /// <param name="least">The least number that is allowed.</param>
    /// <param name="addError">Takes the error.</param>
    public static int Parse(string name, string text, int least, Action<string> addError)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) || number < least)
        {
            addError($"{name} is '{text}', but must be a whole number from {least} to {int.MaxValue}.");
        }

        return number;
    }
}
