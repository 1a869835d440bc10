"""Pictures of what a record holds, as inline SVG: a value on its scale, its course, the network path, swipes by track.

Only what a record holds is drawn. Colours and sizes are attributes of SVG itself, for neither a policy without styles
nor WeasyPrint applies a page's style inside a picture. Each picture has a text alternative, and differs in shape where
it differs in colour.
"""
