"""Record linkage: do two product records, each as its own source wrote it, mean one product? Pure."""
