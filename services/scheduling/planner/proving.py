"""The proof of a bound as it is kept with a plan: by codes instead of numbers, each set of offers once."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.scheduling.planner import cases, plan
from services.scheduling.planner.bound import Proof
from services.scheduling.planner.problem import Host, Problem


def told(problem: Problem, hosts: tuple[Host, ...], root: cases.Case) -> dict[str, Any]:
    """The fields of the plan that prove its bound."""
    proofs = {id(root.proof): root.proof}
    case = _case(problem, hosts, root, proofs)
    first, *further = (_proof(problem, hosts, proof) for proof in proofs.values())
    return {
        "offers": first.offers,
        "crowds": first.crowds,
        "further_proofs": tuple(further),
        "case": case if root.parts else None,
    }


def _case(problem: Problem, hosts: tuple[Host, ...], case: cases.Case, proofs: dict[int, Proof]) -> plan.Case:
    if case.parts and not len(case.hopeless) and not len(case.certain):
        proof = 0
    else:
        proofs.setdefault(id(case.proof), case.proof)
        proof = list(proofs).index(id(case.proof))
    return plan.Case(
        proof=proof,
        hopeless=tuple(hosts[j].code for j in case.hopeless),
        certain=tuple(hosts[j].code for j in case.certain),
        host_code=hosts[case.host].code if case.parts else None,
        body_code=problem.bodies[case.body].code if case.body >= 0 else None,
        parts=tuple(_case(problem, hosts, part, proofs) for part in case.parts),
    )


def _proof(problem: Problem, hosts: tuple[Host, ...], proof: Proof) -> plan.Proof:
    offers = np.round(proof.offers, 3).tolist()
    return plan.Proof(
        dict(zip((body.code for body in problem.bodies), offers, strict=True)),
        tuple(
            plan.Crowd(
                tuple(problem.bodies[i].code for i in crowd.bodies),
                tuple(hosts[j].code for j in crowd.hosts),
                round(price, 6),
            )
            for crowd, price in proof.crowds()
        ),
    )
