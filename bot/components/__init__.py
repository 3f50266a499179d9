"""What this project adds to Rasa's pipeline, channel and stores."""
