"""The only room that drives Pulumi: synth (our own monitor, no engine) and deploy (Automation API, inline programs).

Both run the same part programs and record every registration through the same `Recorder`, so that both give the same graph.
"""
