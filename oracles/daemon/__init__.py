"""One oracle as a process: it finds due packages, recomputes, signs, exchanges, submits, keeps, watches."""
