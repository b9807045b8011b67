from . import (
    test_advice,
    test_alert,
    test_answer,
    test_bad_input,
    test_export,
    test_figures,
    test_proposal,
    test_queries,
    test_rights,
    test_threshold,
)
