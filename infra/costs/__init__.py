"""What a stack costs a month: units that were measured, times a stated traffic, times dated list prices.

`measured` holds what the benches counted, `traffic` what an organization is taken to do, `prices` what AWS asks, and
`bill` multiplies. All four are plain data and arithmetic, so that whoever doubts a dollar can follow it to its source.
"""
