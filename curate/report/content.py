"""Sections about what is in the corpus: labels, splits, releases."""

from __future__ import annotations

from curate.html import charts, page
from curate.html.page import Column, Html
from curate.model import Release
from curate.report import words
from curate.report.facts import ReportFacts
from curate.report.labels import LabelCount, LabelDistribution
from curate.report.soundness import problems

_SHOWN = 20


def labels(found: ReportFacts) -> Html:
    """The distribution of labels."""
    labels = found.labels
    rows = [_label(name, each, labels) for name, each in labels.labels.items()]
    columns = [Column("Label"), page.chart("Share"), *page.numbers("Spans", "Share")]
    if labels.release:
        columns += page.numbers(f"In {labels.release}", "Share there", "More or less")
    caption = f"Spans by label in {words.counted(labels.documents, 'document')}"
    caption += f"; a stroke marks the share in release {labels.release}" if labels.release else ""
    return page.joined((_divergence(labels), page.table(caption, columns, rows)))


def _divergence(labels: LabelDistribution) -> Html:
    if not labels.release:
        return page.paragraph("There is no release yet to hold the distribution against.")
    if labels.divergence is None:
        return page.paragraph(f"Release {labels.release} has no span to hold it against.")
    told = (
        f"The distribution lies {words.decimal(labels.divergence)} bits (Jensen-Shannon) from that "
        f"of release {labels.release}: 0 is the same, 1 has nothing in common."
    )
    return page.paragraph(told)


def _label(name: str, label: LabelCount, labels: LabelDistribution) -> tuple[object, ...]:
    shares = [each.share or 0.0 for each in labels.labels.values()]
    shares += [each.released_share or 0.0 for each in labels.labels.values()]
    scale = max(shares) or 1.0
    before = label.released_share / scale if label.released_share is not None else None
    row: tuple[object, ...] = (
        name,
        charts.bar((label.share or 0.0) / scale, before),
        words.number(label.spans),
        words.percent(label.share),
    )
    if label.released is None:
        return row
    more = words.signed(label.spans - label.released)
    return (*row, words.number(label.released), words.percent(label.released_share), more)


def splits(found: ReportFacts) -> Html:
    """Train, dev and test."""
    parts = [part for part in found.splits if part.documents]
    names = sorted({name for part in parts for name in part.labels})
    totals = {part.split: sum(part.labels.values()) for part in parts}
    columns = [Column("Split"), *page.numbers("Documents", "Share", "Asked for", "In a release")]
    rows = [
        (part.split, words.number(part.documents), words.percent(part.share),
         words.percent(part.wanted), words.number(part.test_of))
        for part in parts
    ]  # fmt: skip
    heads = [Column("Label"), *page.numbers(*(part.split for part in parts))]
    shares = [
        (
            name,
            *(
                words.percent(part.labels.get(name, 0) / (totals[part.split] or 1))
                for part in parts
            ),
        )
        for name in names
    ]
    return page.joined(
        (
            page.table("Documents of the gold in each split", columns, rows),
            page.table("Share of each label in each split", heads, shares) if names else "",
            problems("What is wrong with them", found.unsound, "curate split --dry-run"),
        )
    )


def releases(found: ReportFacts) -> Html:
    """What was released."""
    columns = [Column("Version"), Column("Of"), *page.numbers("Documents", "Spans")]
    columns += [Column("What is in it"), Column("Digest")]
    shown, more = words.first([_release(each) for each in found.releases], _SHOWN, "curate log")
    told = page.table("Releases, the newest first", columns, shown)
    following = found.proposal
    if following.version:
        why = words.listed(following.reasons)
        text = f"The next would be {following.version} ({following.level}): {why}."
    else:
        text = f"Nothing changed since {following.parent}."
    return page.joined((told, more, page.paragraph(text)))


def _release(release: Release) -> tuple[object, ...]:
    return (
        release.version,
        words.day(release.created),
        words.number(release.counts.get("documents", 0)),
        words.number(release.counts.get("spans", 0)),
        release.message or words.NONE,
        words.code(release.digest[:16]),
    )
