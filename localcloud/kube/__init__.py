"""The parts of the control plane: command lines, identities, kubeconfigs and a small REST client."""
