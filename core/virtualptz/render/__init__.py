"""A recorded wide game in, a followed game out: what a job does live, as fast as the machine can."""
