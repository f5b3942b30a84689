# SPDX-License-Identifier: Apache-2.0
"""Certificates that travel: AEO status, origin, plant health, seals, as signed documents that anybody can verify.

In: documents, keys, what a resolver gives, the moment. Out: signed documents, and verdicts that keep integrity, issuer and
status apart. Nothing is fetched: documents of issuers, status lists and contexts come through what is handed in.
Source: W3C VC Data Model 2.0, Data Integrity, Bitstring Status List; RFC 9901 (SD-JWT); Token Status List; OpenAttestation.
"""

from cocket.credentials import sd_jwt, selective
from cocket.credentials.data_model import check_credential, check_presentation
from cocket.credentials.identity import Resolver, document_of, web_address
from cocket.credentials.instants import instant
from cocket.credentials.keys import IssuerKey, PublicKey, SigningKey
from cocket.credentials.operator import AuthorisedOperator
from cocket.credentials.origin import CertificateOfOrigin, OriginItem, Route, Trader
from cocket.credentials.papers import PaperVerdict, verify_paper
from cocket.credentials.phyto import PhytosanitaryCertificate
from cocket.credentials.proofs import add_proof, verify_proofs
from cocket.credentials.rdf import Contexts, read_context
from cocket.credentials.seal import SealAssurance
from cocket.credentials.shapes import KINDS, Shape, credential_of, missing_members, read_shape, subject_of
from cocket.credentials.status_list import StatusCheck, StatusList, check_status, issue_status_list, status_entry
from cocket.credentials.token_status import issue_token_list, read_token_list, token_status_entry
from cocket.credentials.tokens import Expected, read_token, sign_token

__all__ = [
    "KINDS",
    "AuthorisedOperator",
    "CertificateOfOrigin",
    "Contexts",
    "Expected",
    "IssuerKey",
    "OriginItem",
    "PaperVerdict",
    "PhytosanitaryCertificate",
    "PublicKey",
    "Resolver",
    "Route",
    "SealAssurance",
    "Shape",
    "SigningKey",
    "StatusCheck",
    "StatusList",
    "Trader",
    "add_proof",
    "check_credential",
    "check_presentation",
    "check_status",
    "credential_of",
    "document_of",
    "instant",
    "issue_status_list",
    "issue_token_list",
    "missing_members",
    "read_context",
    "read_shape",
    "read_token",
    "read_token_list",
    "sd_jwt",
    "selective",
    "sign_token",
    "status_entry",
    "subject_of",
    "token_status_entry",
    "verify_paper",
    "verify_proofs",
    "web_address",
]
