from . import (
    test_advice,
    test_alert,
    test_answer,
    test_figures,
    test_proposal,
    test_queries,
    test_rights,
    test_threshold,
)
