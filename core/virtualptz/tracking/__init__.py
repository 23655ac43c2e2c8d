"""What is known of the play, and where it comes from."""
