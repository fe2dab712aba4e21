"""What the model may call: `words` is a tool, `looking`, `writing`, `running` and `planning` are the tools by
what they do, `catalogue` says which phase has which."""
