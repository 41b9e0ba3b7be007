"""The light normal form: affine indices with limits, sums of products, contraction."""
