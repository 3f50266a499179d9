"""What the actions say around an answer, in three languages side by side; answers themselves are articles."""
