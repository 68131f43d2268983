"""From a file of BPG that somebody wrote to the SparkGateway and SparkJobRoutes that render the same routing. Pure."""
