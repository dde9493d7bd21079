using System.Globalization;
using System.Text;

namespace FastAdam.Checkpoints;

/// <summary>The names of tensors, as files may have them and as messages show them.</summary>
internal static class TensorNames
{
    /// <summary>The key of a header that is no tensor.</summary>
    public const string Metadata = "__metadata__";

    // What messages show of a name, which may come from a hostile file.
    private const int Shown = 80;

    /// <summary>Text to UTF-8, with an exception for what is no valid Unicode.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with a name, for the end of a sentence; null where nothing is.</summary>
    public static string? WhatIsWrong(string name)
    {
        if (name == Metadata)
        {
            return $"must not be {Metadata}, which has a meaning of its own";
        }

        if (!IsUnicode(name))
        {
            return $"must be valid Unicode, which {Quoted(name)} is not";
        }

        return name.Any(char.IsControl) ? $"must have no control characters, as {Quoted(name)} has" : null;
    }

    /// <summary>Whether each half of a surrogate pair has its other half.</summary>
    public static bool IsUnicode(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A name in quotes, cut where it is long, with codes for what should not be printed.</summary>
    public static string Quoted(string name)
    {
        var text = new StringBuilder("\"");
        foreach (char each in name.AsSpan(0, int.Min(name.Length, Shown)))
        {
            if (char.IsControl(each) || char.IsSurrogate(each))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)each:x4}");
            }
            else
            {
                text.Append(each);
            }
        }

        return text.Append(name.Length > Shown ? "...\"" : "\"").ToString();
    }
}
