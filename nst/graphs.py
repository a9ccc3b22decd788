"""How the engine's functions become graphs. TensorFlow only.

Without autograph: no branch and no loop here depends on a tensor's value, and its translation of
each function is a file in the temporary folder, which a worker that is killed leaves behind.
"""

import functools

import tensorflow as tf

graph = functools.partial(tf.function, autograph=False)
