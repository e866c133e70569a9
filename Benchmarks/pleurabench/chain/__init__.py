"""The three-step method against the same recipe in PyTorch (Benchmarks/chain)."""
