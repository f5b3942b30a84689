# SPDX-License-Identifier: Apache-2.0
"""`cocket classify`: HS subheadings for descriptions of goods, with what speaks for them and what to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from cocket.cli.base.files import read_file, standard_input, write_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, shown
from cocket.findings import render
from cocket.risk.classify import (
    Classifier,
    Encoder,
    Fit,
    Question,
    Suggestion,
    builtin_examples,
    fit_of,
    question_between,
    read_encoder,
    read_examples,
)

_BATCH = 256
_MOST_COMPLAINTS = 5
_SHOWN = 3


def classify(
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT…|-", help="Descriptions; - reads lines.")] = None,
    examples: Annotated[
        list[Path] | None,
        typer.Option("--examples", metavar="FILE", help="Phrases with codes: CSV or JSON; repeatable."),
    ] = None,
    model: Annotated[Path | None, typer.Option("--model", metavar="FILE", help="Model kept by --save.")] = None,
    save: Annotated[Path | None, typer.Option("--save", metavar="FILE", help="Save the trained model.")] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(
            "--encoder",
            metavar="FOLDER",
            help="Folder or package of a sentence encoder, to compare by meaning too.",
        ),
    ] = None,
    declared: Annotated[
        str | None, typer.Option("--declared", metavar="CODE", help="Check whether this code fits the description.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Suggest HS subheadings for descriptions of goods. A suggestion is no ruling.

    Learns from --examples, which may be the nomenclature itself; without any it knows but a few built-in phrases.

    Exit 1: a declared code is spoken against. Exit 2: a file cannot be read, or wrong usage.

    Examples:
        cocket classify "roasted coffee beans" --examples nomenclature.csv --examples rulings.json

        cocket classify --json - --model goods.model < descriptions.txt
    """
    if not texts and save is None:
        raise typer.BadParameter("Give a description, or - to read lines.", param_hint="TEXT")
    classifier = _classifier(examples or [], model, _encoder(encoder))
    if save is not None:
        write_file(save, classifier.to_bytes())
    if _answer(classifier, _texts(texts or []), declared, as_json):
        raise typer.Exit(1)


def _classifier(files: Sequence[Path], model: Path | None, encoder: Encoder | None) -> Classifier:
    if model is not None:
        if files:
            raise typer.BadParameter(
                "The model is already trained; train another with --save.", param_hint="--examples"
            )
        return Classifier.load(read_file(model), encoder)
    if not files:
        complain("No --examples given: only the few built-in phrases are known, which are not enough to decide.")
        return Classifier(builtin_examples(), encoder)
    learnt = []
    for path in files:
        found, left_out = read_examples(path.name, read_file(path))
        learnt += found
        for place in left_out[:_MOST_COMPLAINTS]:
            complain(shown(f"left out, {place}"))
    return Classifier(learnt, encoder)


def _encoder(folder: Path | None) -> Encoder | None:
    if folder is None:
        return None
    folder = _packaged(folder) or folder
    return read_encoder(*(read_file(folder / name) for name in ("model.safetensors", "tokenizer.json", "config.json")))


def _packaged(named: Path) -> Path | None:
    """The folder `model` of an installed package of this name, which is found and not run; None if there is none."""
    if named.is_dir() or not str(named).isidentifier():
        return None
    found = find_spec(str(named))
    return Path(found.origin).parent / "model" if found is not None and found.origin else None


def _texts(given: Iterable[str]) -> Iterator[str]:
    for one in given:
        if one == "-":
            lines = (line.decode("utf-8", "replace").strip() for line in standard_input())
            yield from (line for line in lines if line)
        else:
            yield one


def _answer(classifier: Classifier, texts: Iterable[str], declared: str | None, as_json: bool) -> bool:
    """Print suggestions for every text; whether a declared code was spoken against."""
    is_against = False
    for batch in _batches(texts):
        for text, suggestions in zip(batch, classifier.suggest(batch), strict=True):
            question = question_between(classifier, suggestions)
            fit = fit_of(declared, suggestions) if declared else None
            is_against = is_against or (fit is not None and fit.outcome == "against")
            if as_json:
                json_line(_described(text, suggestions, question, fit))
            else:
                _print(text, suggestions, question, fit)
    return is_against


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _described(
    text: str, suggestions: Sequence[Suggestion], question: Question | None, fit: Fit | None
) -> dict[str, Any]:
    described: dict[str, Any] = {"text": text, "suggestions": suggestions}
    described["question"] = render(question.asks) if question else None
    if fit is not None:
        described["declared"] = {
            "hs6": fit.declared,
            "outcome": fit.outcome,
            "share": fit.share,
            "rival": fit.rival,
            "reason": render(fit.reason),
        }
    return described


def _print(text: str, suggestions: Sequence[Suggestion], question: Question | None, fit: Fit | None) -> None:
    _say(f"{text}")
    if not suggestions:
        _say("  no similar descriptions are known")
    for one in suggestions[:_SHOWN]:
        near = "; ".join(f"{each.text[:80]} ({each.likeness:.2f})" for each in one.evidence[:2])
        _say(f"  {one.hs6[:4]}.{one.hs6[4:]}  {one.score:.2f}  {near}")
    if question is not None:
        _say(f"  {render(question.asks)}")
    if fit is not None:
        _say(f"  declared {fit.declared}: {fit.outcome.replace('-', ' ')}: {render(fit.reason)}")


def _say(line: str) -> None:
    out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
