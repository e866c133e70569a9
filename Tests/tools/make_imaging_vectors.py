#!/usr/bin/env python3
"""Writes Tests/ImagingTests/Generated/ImagingVectors.swift: what scikit-image says of watersheds and of
thresholds for several classes on small pictures, and SimpleITK of STAPLE.

Usage: make_imaging_vectors.py > Tests/ImagingTests/Generated/ImagingVectors.swift
"""
import numpy
import scipy.ndimage
import SimpleITK
import skimage
from skimage.filters import threshold_multiotsu
from skimage.morphology import local_maxima
from skimage.segmentation import watershed

GENERATOR = numpy.random.default_rng(7)
WIDTH, HEIGHT = 24, 20


def lines(values, form):
    text, line = [], "   "
    for value in values:
        word = f" {value:{form}},"
        if len(line) + len(word) > 99:
            text.append(line)
            line = "   "
        line += word
    return "\n".join(text + [line])


def array(name, kind, values, form, comment=None):
    if comment:
        print(f"  /// {comment}")
    print(f"  static let {name}: [{kind}] = [\n{lines(values, form)}\n  ]")


picture = scipy.ndimage.gaussian_filter(GENERATOR.normal(size=(HEIGHT, WIDTH)), 1.6)
picture = (picture / numpy.abs(picture).max()).astype(numpy.float32)
assert len(numpy.unique(picture)) == picture.size  # equal values are taken by age, and ages differ
mask = picture > -0.4
maxima, count = scipy.ndimage.label(local_maxima(picture, connectivity=2), numpy.ones((3, 3)))
print("// Made by Tests/tools/make_imaging_vectors.py with scikit-image "
      f"{skimage.__version__}\n// and SimpleITK {SimpleITK.__version__}; do not edit.\n")
print("enum ImagingVectors {")
print(f"  static let width = {WIDTH}\n  static let height = {HEIGHT}")
array("picture", "Float", picture.ravel(), ".9g", "Distinct values.")
array("mask", "UInt8", mask.ravel().astype(int), "d", "The picture above -0.4.")
array("maxima", "Int32", maxima.ravel(), "d", "`local_maxima(connectivity=2)`, numbered.")
array("faces", "Int32", watershed(-picture, maxima, mask=mask).ravel(), "d",
      "`watershed(-picture, maxima, mask=mask)`.")
array("corners", "Int32", watershed(-picture, maxima, connectivity=2, mask=mask).ravel(), "d",
      "The same with `connectivity=2`.")
array("all", "Int32", watershed(-picture, maxima).ravel(), "d", "The same without a mask.")

values = numpy.concatenate([
    GENERATOR.normal(-850, 40, 600), GENERATOR.normal(-500, 60, 150),
    GENERATOR.normal(-150, 50, 60), GENERATOR.normal(40, 20, 40)]).round(1).astype(numpy.float32)
array("values", "Float", values, ".6g", "Four humps.")
for classes in (2, 3, 4):
    array(f"otsu{classes}", "Float", threshold_multiotsu(values, classes=classes), ".8g",
          f"`threshold_multiotsu(classes={classes})`.")

truth = numpy.zeros((HEIGHT, WIDTH), bool)
truth[6:14, 7:17] = True
readers = []
for flip, shift in ((0.02, (0, 0)), (0.05, (1, 0)), (0.05, (0, -1)), (0.15, (0, 0))):
    one = numpy.roll(truth, shift, (0, 1)) ^ (GENERATOR.random(truth.shape) < flip)
    readers.append(one.astype(numpy.uint8))
filter_ = SimpleITK.STAPLEImageFilter()
filter_.SetForegroundValue(1)
whole = SimpleITK.GetArrayFromImage(
    filter_.Execute([SimpleITK.GetImageFromArray(one) for one in readers]))
for number, one in enumerate(readers):
    array(f"reader{number}", "UInt8", one.ravel(), "d")
array("staple", "Double", whole.ravel(), ".10g", "`STAPLEImageFilter` of the four.")
array("sensitivity", "Double", filter_.GetSensitivity(), ".10g")
array("specificity", "Double", filter_.GetSpecificity(), ".10g")
print("}")
