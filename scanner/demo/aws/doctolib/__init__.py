"""The platform of `lexloci demo doctolib`: what was published in 2021, and deviations invented for the demo."""
