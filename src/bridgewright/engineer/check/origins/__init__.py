"""Where a value comes from: names followed through scopes, objects, partials and modules, by syntax."""
