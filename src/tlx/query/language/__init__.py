"""The filter language: text a person types becomes one SQL condition with its values apart."""
