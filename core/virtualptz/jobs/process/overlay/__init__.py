"""The overlay: what detector and camera do, drawn on the source's picture for people who want to know."""
