"""How the wright asks a language model: by our own call engine, as any other third party is asked.

`words` is what is asked and answered, `ends` how it can fail, `choice` which model it is and by whose
key, `chat` and `anthropic` the two ways to say it on the wire, `line` the calls themselves, and
`connecting` puts them together.
"""
