"""A small language model as the last judge: it reads whole sentences where the tables see three words.

`gguf`, `bpe` and `transformer` read and run a model with numpy alone; `backend` is the one interface of all
models.  `readings` turns the open questions of a document into texts, `judge` puts them to the model and
brings the answers back into the lattice.  `store` fetches and keeps the default weights.
"""
