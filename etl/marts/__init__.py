"""Tables → marts. Each: a pure computation, and a thin refresh that reads, computes and writes."""
