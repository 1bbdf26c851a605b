; A total has at least the share s of local grams just if it is at most floor(local B / s), with B = 10,000: the contract compares the
; one, the rules say the other. Asked for a counterexample over all integers; `unsat` is the proof.
(declare-const local Int)
(declare-const total Int)
(declare-const s Int)
(assert (and (>= local 0) (>= total 0) (> s 0)))
(assert (not (= (<= total (div (* local 10000) s)) (>= (* local 10000) (* total s)))))
(check-sat)
