"""`sohoa work` with a clock at each of its edges: which part of it costs which seconds of processor.

`python -m parts FOLDER work …` is started in place of `sohoa work …`. At SIGUSR1 it writes what each
part has cost so far; children write what fetching and keeping objects cost them.
"""
