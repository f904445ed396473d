"""What is true outside any account: regions, countries, laws, operators, signals. Dated, sourced, validated."""
