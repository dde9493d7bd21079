using System.Text.Json;
using FastAdam.Checkpoints;
using FastAdam.Rules;

namespace FastAdam.State;

/// <summary>A parameter group as checkpoints have it: src/CHECKPOINTS.md.</summary>
internal static class GroupJson
{
    /// <summary>What JSON, which has no infinity, has for it.</summary>
    private const string Infinity = "Infinity";

    /// <summary>Writes a group.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="group">Its rule and hyperparameters.</param>
    /// <param name="places">The places of its parameters.</param>
    public static void Write(Utf8JsonWriter json, in GroupValues group, Range places)
    {
        RuleDescription rule = RuleTable.Rules[group.Rule];
        json.WriteStartObject();
        json.WriteString("rule", rule.PythonName);
        json.WriteStartArray("params");
        for (int i = places.Start.Value; i < places.End.Value; i++)
        {
            json.WriteNumberValue(i);
        }

        json.WriteEndArray();
        foreach ((string name, Hyperparameter[] numbers) in rule.TorchHyperparameters())
        {
            json.WritePropertyName(name);
            if (numbers.Length > 1)
            {
                json.WriteStartArray();
            }

            foreach (Hyperparameter number in numbers)
            {
                Write(json, group[number]);
            }

            if (numbers.Length > 1)
            {
                json.WriteEndArray();
            }
        }

        foreach (FlagDescription flag in rule.AllFlags())
        {
            json.WriteBoolean(flag.TorchName, group.Has(flag.Flag));
        }

        json.WriteEndObject();
    }

    /// <summary>Reads a group's hyperparameters.</summary>
    /// <param name="json">The group.</param>
    /// <param name="own">The optimizer's, which stays where the file has nothing.</param>
    /// <param name="what">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is not of that rule, or something is missing or of the wrong kind. Ranges are not
    /// checked.</exception>
    public static GroupValues Read(JsonElement json, in GroupValues own, string what)
    {
        RuleDescription rule = RuleTable.Rules[own.Rule];
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{what} is no group.");
        }

        string saved = json.TryGetProperty("rule", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        if (saved != rule.PythonName)
        {
            throw new InvalidDataException($"{what} has the rule {TensorNames.Quoted(saved)}, but this optimizer's is '{rule.PythonName}'.");
        }

        GroupValues result = own;
        foreach ((string name, Hyperparameter[] numbers) in rule.TorchHyperparameters())
        {
            if (!json.TryGetProperty(name, out JsonElement value))
            {
                throw new InvalidDataException($"{what} has no {name}.");
            }

            if (numbers.Length > 1 && (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != numbers.Length))
            {
                throw new InvalidDataException($"{what}: {name} must be a list of {numbers.Length} numbers.");
            }

            for (int i = 0; i < numbers.Length; i++)
            {
                result.Numbers[(int)numbers[i]] = Number(numbers.Length > 1 ? value[i] : value, $"{what}: {name}");
            }
        }

        foreach (FlagDescription flag in rule.AllFlags())
        {
            if (json.TryGetProperty(flag.TorchName, out JsonElement value))
            {
                result = result.With(flag.Flag, value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? value.GetBoolean()
                    : throw new InvalidDataException($"{what}: {flag.TorchName} must be true or false."));
            }
        }

        return result.Has(GroupFlags.DecoupledWeightDecay) == own.Has(GroupFlags.DecoupledWeightDecay) ? result
            : throw new InvalidDataException($"{what} differs from this optimizer's in decoupled_weight_decay.");
    }

    private static void Write(Utf8JsonWriter json, double value)
    {
        if (double.IsPositiveInfinity(value))
        {
            json.WriteStringValue(Infinity);
        }
        else
        {
            json.WriteNumberValue(value);
        }
    }

    private static double Number(JsonElement value, string what) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out double number) => number,
        JsonValueKind.String when value.ValueEquals(Infinity) => double.PositiveInfinity,
        _ => throw new InvalidDataException($"{what} must be a number."),
    };
}
