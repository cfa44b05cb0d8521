"""The keys of the timeline."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("w,plus", "zoom(0.5)", "Zoom in", id="timeline.zoom_in", key_display="w"),
    Binding("s,minus", "zoom(2.0)", "Zoom out", id="timeline.zoom_out", key_display="s"),
    Binding("a", "pan(-0.25, -10)", "Pan left", show=False, id="timeline.left"),
    Binding("d", "pan(0.25, 10)", "Pan right", show=False, id="timeline.right"),
    Binding("h,left", "pan(-0.25, -1)", "Pan left", show=False, id="timeline.left_little"),
    Binding("l,right", "pan(0.25, 1)", "Pan right", show=False, id="timeline.right_little"),
    Binding("0", "whole", "Whole", id="timeline.whole", tooltip="Show all time; again, the range, or what matches"),
    Binding("f", "focus_selection", "Focus", id="timeline.focus", tooltip="Zoom to the selected event"),
    Binding("v", "range", "Range", id="timeline.range", tooltip="Choose a range of time; again, its other end"),
    Binding("t", "clock", "Clock", id="timeline.clock", tooltip="Times since the start of the run, or UTC"),
    Binding("j,down", "step(1)", "Next event", show=False, id="timeline.next"),
    Binding("k,up", "step(-1)", "Event before", show=False, id="timeline.previous"),
    Binding("full_stop", "lane(1)", "Next on lane", show=False, id="timeline.lane_next"),
    Binding("comma", "lane(-1)", "Before on lane", show=False, id="timeline.lane_previous"),
    Binding("g,home", "step(1, True)", "First event", show=False, id="timeline.first"),
    Binding("G,end", "step(-1, True)", "Last event", show=False, id="timeline.last"),
    Binding("right_square_bracket", "run(1)", "Next run", show=False, id="timeline.next_run"),
    Binding("left_square_bracket", "run(-1)", "Run before", show=False, id="timeline.previous_run"),
    Binding("enter", "open", "Inspect", show=False, id="timeline.open", tooltip="Inspect, or take the range"),
    Binding("escape", "back", "Back", show=False, id="timeline.back", tooltip="Leave the range, or take it back"),
    Binding("B", "stack", "Tell apart", show=False, id="timeline.stack", tooltip="Tell events apart by another field"),
]
