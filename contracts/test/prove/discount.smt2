; The most grams of a batch that count for no more than c are floor(((c + 1) B - 1) / (B - d)), with B = 10,000 and a discount of d:
; `Eligibility._before` answers them. Asked for a counterexample over all integers; `unsat` is the proof.
(declare-const grams Int)
(declare-const c Int)
(declare-const d Int)
(assert (and (>= grams 0) (>= c 0) (>= d 0) (< d 10000)))
(assert (<= grams (div (- (* (+ c 1) 10000) 1) (- 10000 d))))
(assert (> (div (* grams (- 10000 d)) 10000) c))
(check-sat)
